using System.Buffers.Text;
using System.Globalization;
using System.Text;
using KpTelemetry.Platform.Keys;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>
/// The checkpoints that were signed, in a file apart from PostgreSQL that only grows: the number of a note's bytes, a line
/// end, the note. A note that was cosigned later follows again with its cosignature. Not thread-safe.
/// </summary>
public sealed class CheckpointFile
{
    /// <summary>The folder below the key store's, which has what must not lie in the database.</summary>
    public const string Folder = "checkpoints";

    private const string Name = "signed";
    private const int MostDigits = 7;

    private readonly string _directory;
    private long _read;
    private SignedNote? _last;

    private CheckpointFile(string directory) => _directory = directory;

    /// <summary>The file of the record whose keys lie in <paramref name="keysDirectory"/>. Nothing is opened yet.</summary>
    public static CheckpointFile Beside(string keysDirectory) => new(Path.Combine(keysDirectory, Folder));

    private string FullName => Path.Combine(_directory, Name);

    /// <summary>The last note; null while there is none. Throws <see cref="InvalidDataException"/> where the file is damaged before its end.</summary>
    public SignedNote? Last()
    {
        foreach (var (note, end) in From(_read))
            (_last, _read) = (note, end);
        return _last;
    }

    /// <summary>
    /// All notes, in their order. What a crash left unfinished at the end is not told. Throws <see cref="InvalidDataException"/>,
    /// which names the place, where the file is damaged before that.
    /// </summary>
    public IEnumerable<SignedNote> All() => From(0).Select(kept => kept.Note);

    /// <summary>Adds a note; on disk when the call returns.</summary>
    public void Append(SignedNote note)
    {
        Last();
        DurableFile.CreatePrivateDirectory(_directory);
        var isNew = !File.Exists(FullName);
        using (var file = new FileStream(FullName, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            // Beyond what was read lies at most a note that was never finished, and so never left this machine.
            file.SetLength(_read);
            file.Position = _read;
            var content = Encoding.UTF8.GetBytes(note.ToString());
            file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{content.Length}\n")));
            file.Write(content);
            DurableFile.Synchronise(file);
        }

        if (isNew)
            DurableFile.SynchroniseDirectory(_directory);
        Last();
    }

    private IEnumerable<(SignedNote Note, long End)> From(long position)
    {
        if (!File.Exists(FullName))
        {
            if (position > 0)
                throw Damaged(0);
            yield break;
        }

        using var file = new FileStream(FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length < position)
            throw Damaged(file.Length);
        file.Position = position;
        while (Next(file, position) is { } note)
        {
            position = file.Position;
            yield return (note, position);
        }
    }

    // Null at the end, and before something unfinished there.
    private static SignedNote? Next(FileStream file, long position)
    {
        if (Length(file) is not { } length)
            return file.Position == file.Length ? null : throw Damaged(position);
        if (length is < 1 or > SignedNote.MostBytes)
            throw Damaged(position);
        var content = new byte[length];
        if (file.ReadAtLeast(content, length, throwOnEndOfStream: false) < length)
            return null;
        return SignedNote.TryParse(content, out var note) == NoteProblem.None ? note : throw Damaged(position);
    }

    private static int? Length(FileStream file)
    {
        Span<byte> digits = stackalloc byte[MostDigits];
        for (var count = 0; count < digits.Length; count++)
        {
            var next = file.ReadByte();
            if (next < 0)
                return null;
            if (next == '\n')
                return Utf8Parser.TryParse(digits[..count], out int length, out var used) && used == count ? length : -1;
            digits[count] = (byte)next;
        }

        return -1;
    }

    private static InvalidDataException Damaged(long position) => new(string.Create(CultureInfo.InvariantCulture, $"the file of checkpoints is damaged from its byte {position} on"));
}
