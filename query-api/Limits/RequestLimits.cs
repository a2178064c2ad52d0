using System.Threading.RateLimiting;
using KpTelemetry.QueryApi.Access;

namespace KpTelemetry.QueryApi.Limits;

/// <summary>What one account may ask for, so that none takes the machine from the others.</summary>
public static class RequestLimits
{
    /// <summary>The largest body of a request, bytes.</summary>
    public const int BodyBytes = 64 * 1024;

    /// <summary>The policy of the sign-in page, which whoever guesses tokens would use.</summary>
    public const string SignIn = "sign-in";

    private const int Burst = 500;
    private const int PerSecond = 100;
    private const int SignInsAMinute = 60;

    /// <summary>Adds the limits; refused requests are answered 429 with Retry-After.</summary>
    public static IServiceCollection AddRequestLimits(this IServiceCollection services) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            RateLimitPartition.GetTokenBucketLimiter(Account.Of(http.User)?.User ?? string.Empty, _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = Burst,
                TokensPerPeriod = PerSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            }));
        // By address, so that who guesses locks out nobody else; looking at the page is no guess.
        options.AddPolicy(SignIn, http => IsLook(http.Request) ? RateLimitPartition.GetNoLimiter(string.Empty) : RateLimitPartition.GetFixedWindowLimiter(http.Connection.RemoteIpAddress?.ToString() ?? string.Empty, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = SignInsAMinute,
            Window = TimeSpan.FromMinutes(1),
        }));
    });

    private static bool IsLook(HttpRequest request) => HttpMethods.IsGet(request.Method) && !request.Query.ContainsKey("ticket");
}
