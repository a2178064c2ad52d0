using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KpTelemetry.Local.Stack.Supervision;

/// <summary>How processes are asked whether they work. Each answers null when they do, else why not.</summary>
internal sealed class Probes : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly HttpClient http = new() { Timeout = Limit };

    /// <summary>Asks for a 2xx answer.</summary>
    public async Task<string?> HttpAsync(string address, CancellationToken cancel)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(address), cancel);
            return answer.IsSuccessStatusCode ? null : $"answers {(int)answer.StatusCode}";
        }
        catch (HttpRequestException)
        {
            return "does not answer";
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"does not answer within {Limit.TotalSeconds:0} s";
        }
    }

    /// <summary>Asks a Kafka broker which requests it takes (ApiVersions version 0), as every client does first.</summary>
    public static async Task<string?> KafkaAsync(int port, CancellationToken cancel)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limited.CancelAfter(Limit);
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), limited.Token);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(ApiVersionsRequest, limited.Token);
            var answer = new byte[10];
            await stream.ReadExactlyAsync(answer, limited.Token);
            var error = BinaryPrimitives.ReadInt16BigEndian(answer.AsSpan(8));
            return error == 0 ? null : $"answers with error {error.ToString(CultureInfo.InvariantCulture)}";
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return "does not answer";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"does not answer within {Limit.TotalSeconds:0} s";
        }
    }

    public void Dispose() => http.Dispose();

    // Length, ApiVersions (18), version 0, correlation id 1, client id "kp".
    private static readonly byte[] ApiVersionsRequest = [0, 0, 0, 12, 0, 18, 0, 0, 0, 0, 0, 1, 0, 2, (byte)'k', (byte)'p'];
}
