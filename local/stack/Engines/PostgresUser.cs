using System.ComponentModel;
using System.Runtime.InteropServices;

namespace KpTelemetry.Local.Stack.Engines;

/// <summary>PostgreSQL refuses to run as root: there it runs as nobody, who owns its data.</summary>
internal static partial class PostgresUser
{
    private const int Nobody = 65534;

    // Without the two capabilities it could not reach its data through a parent folder that only root may enter.
    private static readonly string[] AsNobody =
    [
        "--reuid=65534", "--regid=65534", "--clear-groups",
        "--inh-caps=+dac_override,+dac_read_search", "--ambient-caps=+dac_override,+dac_read_search",
    ];

    /// <summary>Arguments of setpriv; none for an ordinary user.</summary>
    public static IReadOnlyList<string> Identity => Environment.IsPrivilegedProcess ? AsNobody : [];

    /// <summary>What goes before a command that runs as that user.</summary>
    public static IReadOnlyList<string> Prefix => Environment.IsPrivilegedProcess ? ["setpriv", .. AsNobody, "--"] : ["env"];

    /// <summary>Gives a file or folder to that user; nothing happens for an ordinary user.</summary>
    public static void Own(string path)
    {
        if (Environment.IsPrivilegedProcess && ChangeOwner(path, Nobody, Nobody) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int user, int group);
}
