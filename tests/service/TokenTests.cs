using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Tokens;
using KpTelemetry.QueryApi.Access;
using Xunit;

namespace KpTelemetry.Service.Tests;

public sealed class TokenTests(RunningService service)
{
    private static readonly Uri Events = new("/api/v1/audit/events", UriKind.Relative);

    [Fact]
    public async Task Token_Ended_IsUnauthorized() =>
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(service.Tokens.MintBearer("ada", Roles.Security, TimeSpan.FromSeconds(-30))));

    [Fact]
    public async Task Token_OfAnotherKey_IsUnauthorized()
    {
        var directory = Directory.CreateTempSubdirectory("other-keys-");
        using (var other = KeyStore.Open(directory.FullName))
            Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(new LocalTokens(other, service.Time).MintBearer("ada", Roles.Security, TimeSpan.FromHours(1))));
        directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Ticket_IsNoBearerToken() =>
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync(service.Tokens.MintTicket("ada", Roles.Security, TimeSpan.FromHours(1))));

    [Fact]
    public async Task Token_WithoutAlgorithm_IsUnauthorized()
    {
        var parts = service.Tokens.MintBearer("ada", Roles.Security, TimeSpan.FromHours(1)).Split('.');
        var header = Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"alg":"none","typ":"JWT"}""")).TrimEnd('=');
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync($"{header}.{parts[1]}."));
    }

    // The library itself refuses longer hashes under a key of this length; this name of the same hash it would take.
    [Fact]
    public async Task Token_OfAnAlgorithmThatIsNotNamedAsOurs_IsUnauthorized()
    {
        var parts = service.Tokens.MintBearer("ada", Roles.Security, TimeSpan.FromHours(1)).Split('.');
        var content = $"{Base64Url.EncodeToString("""{"alg":"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256","typ":"JWT"}"""u8)}.{parts[1]}";
        var signature = HMACSHA256.HashData(service.Keys.GetOrCreate(KeyNames.Tokens), Encoding.ASCII.GetBytes(content));
        Assert.Equal(HttpStatusCode.Unauthorized, await AskAsync($"{content}.{Base64Url.EncodeToString(signature)}"));
    }

    [Theory]
    [InlineData("superuser")]
    [InlineData("")]
    [InlineData("Security")]
    public async Task Token_OfARoleThatDoesNotExist_IsRefused(string role) =>
        Assert.Equal(HttpStatusCode.Forbidden, await AskAsync(service.Tokens.MintBearer("mallory", role, TimeSpan.FromHours(1))));

    private async Task<HttpStatusCode> AskAsync(string token)
    {
        using var client = service.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await client.GetAsync(Events);
        return answer.StatusCode;
    }
}
