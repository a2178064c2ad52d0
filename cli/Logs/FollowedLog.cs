using System.Text;

namespace KpTelemetry.Cli.Logs;

/// <summary>A log file that is printed line by line, also after it was rotated.</summary>
/// <param name="path">The file.</param>
/// <param name="prefix">What stands before each of its lines.</param>
internal sealed class FollowedLog(string path, string prefix)
{
    private long position;
    private string unfinished = "";

    /// <summary>Prints its last lines and remembers where it ended.</summary>
    public void PrintLast(int lines)
    {
        var last = new Queue<string>(lines + 1);
        foreach (var line in ReadNew())
        {
            last.Enqueue(line);
            if (last.Count > lines)
            {
                last.Dequeue();
            }
        }

        foreach (var line in last)
        {
            Console.WriteLine(prefix + line);
        }
    }

    /// <summary>Prints the lines that were completed since the last call.</summary>
    public void PrintNew()
    {
        foreach (var line in ReadNew())
        {
            Console.WriteLine(prefix + line);
        }
    }

    private List<string> ReadNew()
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (stream.Length < position)
            {
                // A shorter file is a new one: the old one was moved aside.
                position = 0;
                unfinished = "";
            }

            stream.Position = position;
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var text = unfinished + reader.ReadToEnd();
            position = stream.Position;
            var lines = text.Split('\n');
            unfinished = lines[^1];
            return [.. lines[..^1]];
        }
        catch (FileNotFoundException)
        {
            // Between two files of a rotation there is none for a moment.
            return [];
        }
    }
}
