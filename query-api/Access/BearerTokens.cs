using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Tokens;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace KpTelemetry.QueryApi.Access;

/// <summary>How tokens are checked: those of the API's callers, and those that sign on to the dashboards.</summary>
public sealed class BearerTokens(KeyStore keys, TimeProvider time) : IConfigureNamedOptions<JwtBearerOptions>
{
    // Clocks of one machine; a token that has ended must not go on for minutes.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    public void Configure(string? name, JwtBearerOptions options) => Configure(options);

    public void Configure(JwtBearerOptions options)
    {
        options.MapInboundClaims = false;
        options.RequireHttpsMetadata = false;
        options.TokenValidationParameters = Parameters(LocalTokens.ApiAudience);
    }

    /// <summary>The account and id of a token for one of <paramref name="audiences"/>; null for any other token or text.</summary>
    public async Task<PresentedToken?> CheckAsync(string token, params string[] audiences)
    {
        var result = await _handler.ValidateTokenAsync(token, Parameters(audiences));
        if (!result.IsValid || Account.Of(new(result.ClaimsIdentity)) is not { } account || result.SecurityToken is not JsonWebToken read)
            return null;
        return new PresentedToken(account, read.Id, read.ValidTo, IsTicket: read.Audiences.Contains(LocalTokens.TicketAudience));
    }

    private TokenValidationParameters Parameters(params string[] audiences) => new()
    {
        ValidIssuer = LocalTokens.Issuer,
        ValidAudiences = audiences,
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        IssuerSigningKey = new SymmetricSecurityKey(keys.GetOrCreate(KeyNames.Tokens)),
        NameClaimType = Account.UserClaim,
        RoleClaimType = LocalTokens.RoleClaim,
        RequireExpirationTime = true,
        ClockSkew = Skew,
        LifetimeValidator = (_, expires, _, _) => expires is { } end && end + Skew > time.GetUtcNow().UtcDateTime,
    };
}

/// <summary>A token that holds.</summary>
/// <param name="Account">Whom it is for.</param>
/// <param name="Id">Its own id.</param>
/// <param name="Ends">When it ends, UTC.</param>
/// <param name="IsTicket">Whether it signs on once only.</param>
public sealed record PresentedToken(Account Account, string Id, DateTime Ends, bool IsTicket);
