using KpTelemetry.Privacy.Detecting;
using Microsoft.Extensions.Logging;

namespace KpTelemetry.Processors.Publishing;

internal static partial class PublisherLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "publishing site {Site} from block {Decided} on, epoch {Epoch}")]
    public static partial void Claimed(ILogger logger, string site, long decided, long epoch);

    [LoggerMessage(Level = LogLevel.Information, Message = "site {Site} has another publisher now")]
    public static partial void Lost(ILogger logger, string site);

    [LoggerMessage(Level = LogLevel.Information, Message = "release {Number} of site {Site}: {Rows} rows of {Days} days, through block {Through}")]
    public static partial void Released(ILogger logger, long number, string site, int rows, int days, long through);

    [LoggerMessage(Level = LogLevel.Warning, Message = "publishing site {Site} failed ({Failure}); its claim is taken anew and nothing is lost")]
    public static partial void SiteFailed(ILogger logger, string site, string failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the publisher cannot reach its databases ({Failure}) and tries again")]
    public static partial void CycleFailed(ILogger logger, string failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "an insert of site {Site} had no outcome and was not found; attempt {Attempt} is given up for a new one")]
    public static partial void AttemptAbandoned(ILogger logger, string site, long attempt);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Cells} pending labels of site {Site} do not open under their key; their counts are published without a name")]
    public static partial void LabelsUnreadable(ILogger logger, string site, int cells);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Labels} labels of site {Site} hold what a detector takes for an identifier ({Class}) and are not published; a rule that makes labels lets it through")]
    public static partial void LabelsWithheld(ILogger logger, int labels, string site, IdentifierClass @class);
}
