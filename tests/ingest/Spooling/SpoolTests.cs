using CsCheck;
using KpTelemetry.Ingest.Spooling;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Spooling;

public sealed class SpoolTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kp-spool-").FullName;

    [Fact]
    public void What_was_appended_is_there_after_a_restart_in_its_order()
    {
        Gen.Byte.Array[1, 2000].Array[1, 20].Check(
            records =>
            {
                var directory = NewDirectory();
                using (var spool = Spool.Open(directory, new SpoolBudget(long.MaxValue)))
                    Assert.All(records, record => Assert.NotNull(spool.TryAppend(record, readBack: false)));
                Assert.Equal(records, ReadAll(directory, out var cut));
                Assert.Equal(0, cut);
            },
            iter: 20,
            threads: 1);
    }

    [Fact]
    public void A_torn_record_is_cut_and_those_before_it_stay()
    {
        byte[][] records = [[1, 2, 3], [4, 5], [6, 7, 8, 9]];
        var whole = FileOf(records);
        for (var length = 0; length < whole.Length; length++)
        {
            var directory = NewDirectory();
            File.WriteAllBytes(Path.Combine(directory, "0000000000.spool"), whole[..length]);
            var read = ReadAll(directory, out _);
            Assert.Equal(records.Take(read.Count), read);
            Assert.Equal(length switch { < 11 => 0, < 21 => 1, _ => 2 }, read.Count);
        }
    }

    [Fact]
    public void A_changed_byte_ends_what_is_read()
    {
        var whole = FileOf([[1, 2, 3], [4, 5]]);
        whole[^1] ^= 1;
        var directory = NewDirectory();
        File.WriteAllBytes(Path.Combine(directory, "0000000000.spool"), whole);
        Assert.Equal([[1, 2, 3]], ReadAll(directory, out var cut));
        Assert.Equal(10, cut);
    }

    [Fact]
    public void Files_go_when_their_records_are_done_and_give_their_bytes_back()
    {
        var budget = new SpoolBudget(100);
        using var spool = Spool.Open(_directory, budget);
        var entry = spool.TryAppend(new byte[50], readBack: false);
        Assert.Null(spool.TryAppend(new byte[50], readBack: false));
        spool.Remove(entry!);
        Assert.Equal(0, budget.Used);
        Assert.Empty(Directory.EnumerateFiles(_directory, "*.spool"));
        Assert.NotNull(spool.TryAppend(new byte[50], readBack: false));
    }

    [Fact]
    public async Task A_record_whose_fsync_the_disk_refuses_is_not_stored_and_those_before_it_stay()
    {
        var directory = NewDirectory();
        var budget = new SpoolBudget(long.MaxValue);
        using (var spool = Spool.Open(directory, budget))
        {
            Assert.NotNull(spool.TryAppend([1, 2, 3], readBack: false));
            var used = budget.Used;
            using (var disk = await SystemCalls.TryOfAsync(Environment.ProcessId, "-P", Path.Combine(directory, "0000000000.spool"), "-e", "inject=fsync:error=EIO"))
            {
                Assert.SkipWhen(disk is null, "strace is not installed or may not attach here");
                Assert.Null(spool.TryAppend([4, 5], readBack: false));
            }

            Assert.Equal(used, budget.Used);
            Assert.NotNull(spool.TryAppend([6], readBack: false));
        }

        Assert.Equal([[1, 2, 3], [6]], ReadAll(directory, out var cut));
        Assert.Equal(0, cut);
    }

    [Fact]
    public async Task A_refused_record_is_cut_durably_so_that_no_power_cut_brings_it_back()
    {
        var directory = NewDirectory();
        using var spool = Spool.Open(directory, new SpoolBudget(long.MaxValue));
        Assert.NotNull(spool.TryAppend([1, 2, 3], readBack: false));
        using var disk = await SystemCalls.TryOfAsync(
            Environment.ProcessId, "-P", Path.Combine(directory, "0000000000.spool"), "-e", "trace=fsync,ftruncate", "-e", "inject=fsync:error=EIO:when=1");
        Assert.SkipWhen(disk is null, "strace is not installed or may not attach here");

        Assert.Null(spool.TryAppend([4, 5], readBack: false));

        Assert.Equal(["fsync EIO", "ftruncate 0", "fsync 0"], disk.With(".spool").Select(line => $"{(line.Contains("fsync", StringComparison.Ordinal) ? "fsync" : "ftruncate")} {(line.Contains("EIO", StringComparison.Ordinal) ? "EIO" : "0")}"));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private byte[] FileOf(byte[][] records)
    {
        var directory = NewDirectory();
        using (var spool = Spool.Open(directory, new SpoolBudget(long.MaxValue)))
            Assert.All(records, record => Assert.NotNull(spool.TryAppend(record, readBack: false)));
        return File.ReadAllBytes(Assert.Single(Directory.GetFiles(directory)));
    }

    private static List<byte[]> ReadAll(string directory, out long cut)
    {
        using var spool = Spool.Open(directory, new SpoolBudget(long.MaxValue));
        cut = spool.CutBytes;
        var records = new List<byte[]>();
        while (spool.TryRead(out _, out var record))
            records.Add(record);
        return records;
    }

    private string NewDirectory() => Directory.CreateDirectory(Path.Combine(_directory, Path.GetRandomFileName())).FullName;
}
