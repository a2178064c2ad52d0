using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using KpTelemetry.Audit.Exporting;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.Pushing;

/// <summary>
/// Pushes entries as syslog messages (RFC 5424), each an OCSF event, over TLS (RFC 5425) or plain TCP, framed by their
/// length (RFC 6587, 3.4.1). Syslog answers nothing: what is on its way when a server dies is lost there, and told by the
/// gap in the events' <c>metadata.uid</c>; nothing is written to a connection that is known to have ended.
/// </summary>
internal sealed class SyslogSink(Uri address, string host) : IPushSink, IDisposable
{
    private const int SecurityFacility = 13;
    private const int Notice = 5;
    private const int Warning = 4;
    private const int StandardPort = 6514;
    private Stream? _stream;

    public string Name => "syslog";

    /// <summary>Ends with the connection.</summary>
    internal Task Ended { get; private set; } = Task.CompletedTask;

    public async Task PushAsync(IReadOnlyList<RecordLine> lines, CancellationToken cancellation)
    {
        try
        {
            // The first that is written to a connection which its server has closed goes nowhere, and without an error.
            if (Ended.IsCompleted)
                Dispose();
            if (_stream is null)
                Ended = EndAsync(_stream = await ConnectAsync(cancellation));
            var messages = new MemoryStream();
            foreach (var line in lines)
                Frame(messages, Message(line));
            await _stream.WriteAsync(messages.GetBuffer().AsMemory(0, (int)messages.Length), cancellation);
            await _stream.FlushAsync(cancellation);
        }
        catch (Exception cause) when (cause is IOException or SocketException or System.Security.Authentication.AuthenticationException)
        {
            Dispose();
            throw new PushRefusedException("the syslog server cannot be reached, or its certificate is not trusted", cause);
        }
        catch
        {
            // What came after a message that was cut off in its middle would be taken for the rest of it.
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _stream = null;
    }

    /// <summary>One message: PRI VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA BOM MSG.</summary>
    internal byte[] Message(RecordLine line)
    {
        var priority = (SecurityFacility * 8) + (line.Outcome is Outcomes.Refused or Outcomes.Failure ? Warning : Notice);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"<{priority}>1 {line.RecordedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'} {host} kp-telemetry - {line.Kind} [meta sequenceId=\"{(line.Index % int.MaxValue) + 1}\"] ");
        return [.. Encoding.ASCII.GetBytes(head), .. Encoding.UTF8.Preamble, .. OcsfEvent.Of(line)];
    }

    // A syslog server sends nothing but the end.
    private static async Task EndAsync(Stream stream)
    {
        var unasked = new byte[256];
        try
        {
            while (await stream.ReadAsync(unasked) > 0)
            {
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException)
        {
            // That it ended is what is asked.
        }
    }

    private static void Frame(Stream to, byte[] message)
    {
        to.Write(Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + " "));
        to.Write(message);
    }

    private async Task<Stream> ConnectAsync(CancellationToken cancellation)
    {
        var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port > 0 ? address.Port : StandardPort, cancellation);
            if (address.Scheme != "tls")
                return client.GetStream();
            var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host }, cancellation);
            return tls;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}
