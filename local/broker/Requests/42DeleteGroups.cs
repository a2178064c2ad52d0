using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>Forgets groups without members, with their offsets.</summary>
internal static class DeleteGroups
{
    public static async ValueTask<Reply> HandleAsync(Request request)
    {
        if (!TryParse(request, out var ids))
        {
            return Reply.Malformed;
        }

        var errors = new List<ErrorCode>();
        foreach (var id in ids)
        {
            errors.Add(await DeleteAsync(request.Broker, id));
        }

        var writer = request.Respond();
        writer.Int32(0);
        writer.Array(ids.Count);
        foreach (var (id, error) in ids.Zip(errors))
        {
            writer.String(id);
            writer.Error(error);
            writer.Tags();
        }

        writer.Tags();
        return writer;
    }

    private static bool TryParse(Request request, out List<string> ids)
    {
        var reader = request.Read();
        ids = [];
        for (var count = reader.Array(1); count > 0; count--)
        {
            ids.Add(reader.String());
        }

        reader.Tags();
        return !reader.Failed;
    }

    private static async Task<ErrorCode> DeleteAsync(BrokerContext broker, string id)
    {
        try
        {
            return await broker.Groups.DeleteAsync(id);
        }
        catch (IOException)
        {
            return ErrorCode.KafkaStorageError;
        }
    }
}
