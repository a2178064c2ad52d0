using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using KpTelemetry.Audit.Exporting;
using KpTelemetry.Audit.ReadingRecord;

namespace KpTelemetry.Audit.Pushing;

/// <summary>
/// Pushes entries as a JSON array of OCSF events, signed as Standard Webhooks has it (standardwebhooks.com): HMAC-SHA256 over
/// id, time and body. The id is the first entry's index and a digest of the body: a batch that comes twice is known, and one
/// that begins alike and holds more is not taken for it.
/// </summary>
internal sealed class WebhookSink(HttpClient http, Uri address, byte[] secret, TimeProvider time) : IPushSink
{
    private const int DigestBytes = 8;

    public string Name => "webhook";

    /// <summary>A client that follows nobody elsewhere: a redirect would take the record to an address that nobody set, or end in a page that says 200 and takes nothing.</summary>
    internal static HttpClient Client() => new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public async Task PushAsync(IReadOnlyList<RecordLine> lines, CancellationToken cancellation)
    {
        var body = Body(lines);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var id = $"kp-{lines[0].Index.ToString(CultureInfo.InvariantCulture)}-{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, DigestBytes))}";
        var now = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", now);
        request.Headers.Add("webhook-signature", $"v1,{Convert.ToBase64String(Signature(secret, id, now, body))}");
        try
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!answer.IsSuccessStatusCode)
                throw new PushRefusedException($"the webhook answered {((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture)}");
        }
        catch (HttpRequestException cause)
        {
            throw new PushRefusedException("the webhook cannot be reached", cause);
        }
    }

    internal static byte[] Signature(byte[] secret, string id, string time, ReadOnlySpan<byte> body) =>
        HMACSHA256.HashData(secret, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body]);

    private static byte[] Body(IReadOnlyList<RecordLine> lines)
    {
        using var body = new MemoryStream();
        foreach (var (i, line) in lines.Index())
        {
            body.WriteByte(i == 0 ? (byte)'[' : (byte)',');
            body.Write(OcsfEvent.Of(line));
        }

        body.WriteByte((byte)']');
        return body.ToArray();
    }
}
