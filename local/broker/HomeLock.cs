using Microsoft.Win32.SafeHandles;

namespace KpTelemetry.Local.Broker;

/// <summary>Keeps a second broker out of a data directory; the kernel lets go when the process ends, however it ends.</summary>
internal sealed class HomeLock : IDisposable
{
    private readonly SafeFileHandle _file;

    /// <exception cref="BrokerStartException">Another broker holds the directory.</exception>
    public HomeLock(string home)
    {
        try
        {
            _file = File.OpenHandle(Path.Combine(home, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new BrokerStartException($"the data directory {home} is in use by another broker", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
