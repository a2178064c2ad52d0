namespace KpTelemetry.Audit.People;

/// <summary>What the key store holds of one person: where their entries are, and what the keys of their fields come from.</summary>
/// <param name="Stream">The random id of the person's stream.</param>
/// <param name="Kept">Secret of the fields that outlive an erasure (<see cref="FieldClass.Access"/>, <see cref="FieldClass.Disclosure"/>).</param>
/// <param name="Erasable">Secret of the fields that do not: an erasure puts a fresh one in its place.</param>
internal sealed record PersonKeys(Guid Stream, byte[] Kept, byte[] Erasable)
{
    public const int SecretBytes = 32;

    /// <summary>The secret of fields of that class.</summary>
    public byte[] SecretOf(FieldClass fields) => fields == FieldClass.Preference ? Erasable : Kept;
}

/// <summary>By what a person is found: an HMAC of class and name under a key of the key store. Nobody can test a name without that key.</summary>
internal readonly record struct PersonToken(UInt128 Value);
