using KpTelemetry.Cli.CommandLines;

namespace KpTelemetry.Cli.Stacks;

/// <summary>Finds the folder that holds <c>KpTelemetry.sln</c>, from where the program lies, not from where it was called.</summary>
public static class RepositoryRoot
{
    private static readonly Lazy<string> Found = new(Find);

    /// <summary>The folder, absolute, without a trailing separator.</summary>
    public static string Path => Found.Value;

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, "KpTelemetry.sln")))
            {
                return at.FullName;
            }
        }

        throw new KpFailure("the program does not lie inside a clone of KpTelemetry", "call it through ./kp at the root of the clone");
    }
}
