namespace KpTelemetry.Audit.ProjectingActivity;

/// <summary>A generation of the projection's tables, and how far it has come.</summary>
/// <param name="Number">Its number, which rises.</param>
/// <param name="Version">Of the program's projection that made it.</param>
/// <param name="Answers">Whether reads are answered from it; else it is being built.</param>
/// <param name="Entries">How many entries of the record are in it.</param>
/// <param name="Record">How many the record has.</param>
public sealed record Generation(int Number, int Version, bool Answers, long Entries, long Record)
{
    /// <summary>How many entries are not in it yet.</summary>
    public long Behind => Record - Entries;
}
