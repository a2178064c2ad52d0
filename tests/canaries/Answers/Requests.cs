using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using KpTelemetry.Canaries.Tests.Planting;
using KpTelemetry.EndToEnd.Tests.Stacks;

namespace KpTelemetry.Canaries.Tests.Answers;

/// <summary>Sends requests as they are, however wrong, and gives what comes back.</summary>
internal sealed class Requests(KpStack stack)
{
    private const int MostAttempts = 60;
    private static readonly string[] Roles = ["analyst", "marketing", "security", "privacy", "admin"];

    private readonly Dictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _sessions = new(StringComparer.Ordinal);
    private int _operations;

    /// <summary>The ports of operations: of ingest, processors and the query API.</summary>
    public IReadOnlyList<Uri> Operations { get; } = [.. Enumerable.Range(5, 3).Select(n => new Uri($"http://127.0.0.1:{stack.Ingest.Port + n}"))];

    /// <summary>Gets a token of each role, and a session of each on the dashboards.</summary>
    public async Task SignInAsync()
    {
        foreach (var role in Roles)
        {
            _tokens[role] = (await stack.KpAsync("token", "--role", role)).Output.Trim();
            for (var left = MostAttempts; _sessions.GetValueOrDefault(role) is null or "" && left > 0; left--)
                _sessions[role] = await SessionAsync(role);
            Assert.NotEmpty(_sessions[role]);
        }
    }

    private async Task<string> SessionAsync(string role)
    {
        var link = new Uri((await stack.KpAsync("token", "--role", role, "--ticket")).Output.Trim());
        var answer = Encoding.UTF8.GetString(await SendAsync(stack.QueryApi, new RawRequest($"GET {link.PathAndQuery} HTTP/1.1", ["Accept: text/html"])));
        return string.Join("; ", answer.Split("\r\n").Where(line => line.StartsWith("Set-Cookie: ", StringComparison.OrdinalIgnoreCase)).Select(line => line[12..].Split(';')[0]));
    }

    /// <summary>Sends a request of a role, with its token and its session in it, and reads the whole answer.</summary>
    public Task<byte[]> SendAsync(Listener to, RawRequest request, string role = "analyst") => SendAsync(
        to switch
        {
            Listener.Ingest => stack.Ingest,
            Listener.QueryApi => stack.QueryApi,
            _ => Operations[(int)((uint)Interlocked.Increment(ref _operations) % Operations.Count)],
        },
        request with { Headers = [.. request.Headers.Select(header => WithCredentials(header, role))] });

    /// <summary>The same, again while it is told to come again: a record or a store that is slow on a busy machine.</summary>
    public async Task<byte[]> SendUntilAnsweredAsync(Listener to, RawRequest request, string role = "analyst")
    {
        for (var left = MostAttempts; ; left--)
        {
            var answer = await SendAsync(to, request, role);
            if (left == 0 || !answer.AsSpan().StartsWith("HTTP/1.1 503 "u8))
                return answer;
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>Sends a request and reads until the connection ends.</summary>
    public static async Task<byte[]> SendAsync(Uri to, RawRequest request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, to.Port);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5), TimeProvider.System);
        using var answer = new MemoryStream();
        try
        {
            await client.GetStream().WriteAsync(request.Bytes(), patience.Token);
            await client.GetStream().CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
            // A request that is none is answered before all of it is read, and the connection reset.
            return Whole(answer.ToArray());
        }

        return Whole(answer.ToArray());
    }

    // The sizes of chunks stand in the middle of what is told.
    private static byte[] Whole(byte[] answer)
    {
        var body = answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        if (body < 4 || answer.AsSpan(0, body).IndexOf("Transfer-Encoding: chunked"u8) < 0)
            return answer;
        using var whole = new MemoryStream();
        whole.Write(answer, 0, body);
        for (var at = body; at < answer.Length;)
        {
            var line = answer.AsSpan(at).IndexOf("\r\n"u8);
            if (line < 0 || !int.TryParse(answer.AsSpan(at, line), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var size) || size == 0)
                break;
            whole.Write(answer, at + line + 2, Math.Min(size, answer.Length - at - line - 2));
            at += line + size + 4;
        }

        return whole.ToArray();
    }

    private string WithCredentials(string header, string role)
    {
        if (header.StartsWith("Authorization: Bearer TOKEN ", StringComparison.Ordinal))
            return $"Authorization: Bearer {_tokens[header[28..]]}";
        return header == "Cookie: SESSION" ? $"Cookie: {_sessions[role]}" : header;
    }
}
