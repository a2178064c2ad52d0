using KpTelemetry.Platform.Settings;

namespace KpTelemetry.Audit.Checkpointing;

/// <summary>Under which name checkpoints are signed, and who witnesses them (docs/SETTINGS.md).</summary>
public sealed record CheckpointSettings
{
    /// <summary>The name where no other is set.</summary>
    public const string StandardOrigin = "kp-telemetry.local/access-record";

    /// <summary><c>KP_AUDIT_ORIGIN</c>: the log's name, which is the name of its key. It must not change as long as the record lives.</summary>
    public string Origin { get; init; } = StandardOrigin;

    /// <summary><c>KP_AUDIT_WITNESS</c>: the submission prefix of a C2SP witness, or null without one.</summary>
    public Uri? Witness { get; init; }

    /// <summary><c>KP_AUDIT_WITNESS_KEY</c>: the witness's verifier key, set together with the address.</summary>
    public VerifierKey? WitnessKey { get; init; }

    /// <summary>Reads the environment. Throws <see cref="SettingsException"/> naming every setting that cannot be used.</summary>
    public static CheckpointSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>As <see cref="FromEnvironment"/>, from any source of values.</summary>
    public static CheckpointSettings From(Func<string, string?> read)
    {
        var (origin, witness, key) = (Value(read, "KP_AUDIT_ORIGIN"), Value(read, "KP_AUDIT_WITNESS"), Value(read, "KP_AUDIT_WITNESS_KEY"));
        var address = witness is not null && Uri.TryCreate(witness, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri : null;
        var verifier = key is null ? null : VerifierKey.TryParse(key);
        List<string> problems = [];
        if (origin is not null && !VerifierKey.IsName(origin))
            problems.Add("KP_AUDIT_ORIGIN must be a name without spaces and pluses, such as example.org/access-record");
        if (witness is not null && address is null)
            problems.Add("KP_AUDIT_WITNESS must be an http or https address");
        if (key is not null && verifier is not { Type: SignatureType.Cosignature })
            problems.Add("KP_AUDIT_WITNESS_KEY must be a verifier key of a witness, NAME+ID+KEY of type 4");
        if (witness is null != key is null)
            problems.Add("KP_AUDIT_WITNESS and KP_AUDIT_WITNESS_KEY must be set together");
        return problems.Count == 0 ? new() { Origin = origin ?? StandardOrigin, Witness = address, WitnessKey = verifier } : throw new SettingsException(problems);
    }

    private static string? Value(Func<string, string?> read, string name) => read(name) is { Length: > 0 } value ? value : null;
}
