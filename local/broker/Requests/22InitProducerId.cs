using System.Buffers.Binary;
using System.Security.Cryptography;
using KpTelemetry.Local.Broker.Wire;

namespace KpTelemetry.Local.Broker.Requests;

/// <summary>
/// Gives an idempotent producer an id: 63 random bits, so that none is given twice and nothing has to be remembered. A
/// producer that asks again gets a new one. Transactional ids are refused.
/// </summary>
internal static class InitProducerId
{
    public static ValueTask<Reply> HandleAsync(Request request)
    {
        var reader = request.Read();
        var isTransactional = reader.NullableString() is not null;
        reader.Int32();
        if (request.Version >= 3)
        {
            reader.Int64();
            reader.Int16();
        }

        reader.Tags();
        if (reader.Failed)
        {
            return new(Reply.Malformed);
        }

        var writer = request.Respond();
        writer.Int32(0);
        writer.Error(isTransactional ? ErrorCode.TransactionalIdAuthorizationFailed : ErrorCode.None);
        writer.Int64(isTransactional ? -1 : NewId());
        writer.Int16((short)(isTransactional ? -1 : 0));
        writer.Tags();
        return new(writer);
    }

    private static long NewId() => BinaryPrimitives.ReadInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(long))) & long.MaxValue;
}
