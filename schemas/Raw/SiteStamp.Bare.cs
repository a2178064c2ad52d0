namespace KpTelemetry.Schemas.Raw;

public sealed partial class SiteStamp
{
    /// <summary>The stamp without the lists that only labels need: where it stands in a header, or beside every access event.</summary>
    public SiteStamp Bare()
    {
        var bare = new SiteStamp(this);
        bare.Routes.Clear();
        bare.Events.Clear();
        bare.Campaigns.Clear();
        return bare;
    }
}
