using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.Verifying;
using KpTelemetry.Platform.Keys;
using Npgsql;
using Xunit;

namespace KpTelemetry.Audit.Tests.Checkpointing;

/// <summary>What fails and is rolled back leaves nothing that a verification would take for an attack.</summary>
public sealed class FailedAppendTests
{
    [Theory]
    [InlineData("audit.mt_events")]
    [InlineData("audit.mt_streams")]
    [InlineData("audit.entries")]
    public async Task Verify_AfterAppendsThatWereCutOff_FindsNothing(string held)
    {
        await using var record = await Record.CreateAsync(deadline: TimeSpan.FromSeconds(1));
        await record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b030"), 0, 10));
        await using (var connection = await record.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using (var hold = new NpgsqlCommand($"lock table {held} in access exclusive mode", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            await Assert.ThrowsAsync<RecordUnavailableException>(() => record.Reads.RecordReadAsync(ReadingTests.Read("ada"), CancellationToken.None));
            await transaction.RollbackAsync();
        }

        await record.AppendAsync(Record.Lines(new Guid("0f5d0c3e-7f1c-4b7e-9c35-2f6a52d9b030"), 10, 10));
        using var signer = new CheckpointSigner(CheckpointSettings.StandardOrigin, record.Keys.GetOrCreate(KeyNames.Checkpoints));
        var verified = await new RecordVerifier(record.Store, CheckpointFile.Beside(record.Keys.Location), signer.Key).VerifyAsync(full: true, null, CancellationToken.None);
        Assert.Equal((20, null), (verified.Entries, verified.Finding));
    }
}
