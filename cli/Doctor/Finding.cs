namespace KpTelemetry.Cli.Doctor;

/// <summary>One thing that was looked at.</summary>
/// <param name="About">What was looked at, one word or two; stable for programs that read it.</param>
/// <param name="IsGood">Whether it is as it should be.</param>
/// <param name="Text">What was found, one sentence.</param>
/// <param name="Advice">What to do about it; empty where nothing is to be done.</param>
public sealed record Finding(string About, bool IsGood, string Text, string Advice)
{
    /// <summary>It is as it should be.</summary>
    public static Finding Good(string about, string text) => new(about, true, text, "");

    /// <summary>It is not as it should be.</summary>
    public static Finding Wrong(string about, string text, string advice) => new(about, false, text, advice);
}
