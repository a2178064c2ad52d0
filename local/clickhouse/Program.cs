using System.Net.Sockets;
using KpTelemetry.Local.ClickHouse;
using KpTelemetry.Local.ClickHouse.Engine;
using KpTelemetry.Local.ClickHouse.Options;
using Microsoft.AspNetCore.Connections;

if (CommandLine.Parse(args, out var wrong) is not { } options)
{
    Console.Error.WriteLine($"{wrong}; {CommandLine.Usage}");
    return 2;
}
if (!File.Exists(options.Library))
    return Fail($"{options.Library} is not there", "npm ci at the repository's root installs @chdb/lib for this platform");
try
{
    using var held = EngineFiles.Lock(options.Home);
    using var engine = EmbeddedEngine.Start(options.Home, options.Library);
    await HttpHost.RunAsync(engine, options.Port, Console.Out, TimeProvider.System);
    return 0;
}
catch (Exception error) when (error is AddressInUseException or SocketException or IOException { InnerException: AddressInUseException })
{
    return Fail($"port {options.Port} is taken", "name another with --port, or 0 for a free one");
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException)
{
    return Fail($"{options.Home} cannot be used: {error.Message}", "is another instance running on it, is the disk full, may this user write there?");
}
catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
{
    return Fail($"{options.Library} cannot be loaded: {error.Message}", "npm ci at the repository's root installs @chdb/lib for this platform");
}
catch (EngineException error)
{
    return Fail($"the engine does not start on {options.Home}: {error.Message}", "was the directory written by another version?");
}

static int Fail(string what, string hint)
{
    Console.Error.WriteLine($"{what.ReplaceLineEndings(" ")} ({hint})");
    return 1;
}
