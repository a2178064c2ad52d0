namespace KpTelemetry.EndToEnd.Tests.Stacks;

/// <summary>The built programs, and where the repository lies.</summary>
internal static class Programs
{
    /// <summary>The repository's root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The program behind <c>kp up</c>.</summary>
    public static string Stack => Of("KpTelemetry.Local.Stack", "KpTelemetry.Local.Stack.dll");

    /// <summary>The program behind <c>kp import</c> and all that needs no engine of its own.</summary>
    public static string Kp => Of("KpTelemetry.Cli", "kp.dll");

    private static string Of(string project, string file) => Path.Combine(Root, "artifacts", "bin", project, "release", file);

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "KpTelemetry.sln")))
                return at.FullName;
        }

        throw new DirectoryNotFoundException("no directory above the test holds KpTelemetry.sln");
    }
}
