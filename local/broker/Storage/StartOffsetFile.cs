using System.Globalization;
using System.Text;

namespace KpTelemetry.Local.Broker.Storage;

/// <summary>Remembers up to where a client had records deleted inside a segment that still stands.</summary>
internal sealed class StartOffsetFile(string directory)
{
    private readonly string _path = Path.Combine(directory, "start-offset");

    public long Read() => File.Exists(_path) ? long.Parse(File.ReadAllText(_path), CultureInfo.InvariantCulture) : 0;

    public void Write(long offset) => DurableFile.Write(_path, Encoding.ASCII.GetBytes(offset.ToString(CultureInfo.InvariantCulture)));
}
