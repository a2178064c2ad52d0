namespace KpTelemetry.Privacy.Counting;

/// <summary>What a visitor has done on the day.</summary>
internal struct Visitor
{
    public int Network;
    /// <summary>Where the visitor counts in tables of one label a day: by the first request.</summary>
    public AgentCells Labels;
    public Share OfDay;
    /// <summary>The age of the visitor's id, as <see cref="Schemas.Raw.EventRow.ClientAge"/>; the first that was told.</summary>
    public byte Age;
    /// <summary>The visitor's shares of cells.</summary>
    public ShareRun Shares;
    /// <summary>The newest of the visitor's open visits, or <see cref="OpenVisits.None"/>.</summary>
    public int Visit;
}

/// <summary>Cells of the tables in which a visitor has one label a day.</summary>
internal struct AgentCells
{
    public int Browser, Os, Device, Country;
}
