using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Tells which requests are offered, at which versions.</summary>
internal static class ApiVersions
{
    public static ValueTask<Reply> HandleAsync(Request request)
    {
        // The client's name and version, from version 3 on, are of no use here: what follows the header is not read.
        var writer = request.Respond();
        Write(writer, ErrorCode.None);
        if (request.Version >= 1)
        {
            writer.Int32(0);
        }

        writer.Tags();
        return new(writer);
    }

    /// <summary>The answer, in the oldest form, to a version that is not offered.</summary>
    public static Reply Refuse(int correlationId)
    {
        var writer = new WireWriter(correlationId, flexible: false, flexibleHeader: false);
        Write(writer, ErrorCode.UnsupportedVersion);
        return writer;
    }

    private static void Write(WireWriter writer, ErrorCode error)
    {
        writer.Error(error);
        writer.Array(ApiTable.All.Count);
        foreach (var api in ApiTable.All.Values.OrderBy(a => a.Key))
        {
            writer.Int16((short)api.Key);
            writer.Int16(api.Least);
            writer.Int16(api.Most);
            writer.Tags();
        }
    }
}
