namespace KpTelemetry.Local.Stack.Supervision;

/// <summary>How a process is started.</summary>
/// <param name="Program">The program, absolute or on the PATH.</param>
/// <param name="Arguments">Its arguments; no secret in them, since every user of the machine reads them.</param>
internal sealed record Launch(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>What its environment has beside the supervisor's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Arguments of <c>setpriv</c> that change who runs it; none where it runs as the supervisor does.</summary>
    public IReadOnlyList<string> Identity { get; init; } = [];

    /// <summary>The signal that the kernel sends it when the supervisor dies, by name.</summary>
    public string DeathSignal { get; init; } = "KILL";
}
