using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Local.Broker;

/// <summary>Keeps a second broker out of a data directory; the kernel lets go when the process ends, however it ends.</summary>
internal sealed partial class HomeLock : IDisposable
{
    private const int ExclusiveWithoutWaiting = 2 | 4;
    private readonly SafeFileHandle _file;

    /// <exception cref="BrokerStartException">Another process holds the directory.</exception>
    public HomeLock(string home)
    {
        _file = File.OpenHandle(Path.Combine(home, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (Lock((int)_file.DangerousGetHandle(), ExclusiveWithoutWaiting) != 0)
        {
            _file.Dispose();
            throw new BrokerStartException($"the data directory {home} is in use by another broker");
        }
    }

    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(int descriptor, int operation);
}
