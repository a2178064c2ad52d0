namespace KpTelemetry.Canaries.Tests.Planting;

/// <summary>The identifiers of 45 CFR 164.514(b)(2)(i), (A) to (R), and card numbers (P10).</summary>
public enum CanaryClass
{
    /// <summary>(A) Names.</summary>
    Name,
    /// <summary>(B) Geography smaller than a state, facilities and coordinates included.</summary>
    Place,
    /// <summary>(C) Elements of dates but the year, ages over 89.</summary>
    Date,
    /// <summary>(D) Telephone numbers.</summary>
    Phone,
    /// <summary>(E) Fax numbers.</summary>
    Fax,
    /// <summary>(F) Email addresses.</summary>
    Email,
    /// <summary>(G) Social security numbers.</summary>
    SocialSecurity,
    /// <summary>(H) Medical record numbers.</summary>
    MedicalRecord,
    /// <summary>(I) Health plan beneficiary numbers.</summary>
    HealthPlan,
    /// <summary>(J) Account numbers.</summary>
    Account,
    /// <summary>(K) Certificate and licence numbers.</summary>
    Licence,
    /// <summary>(L) Vehicle identifiers and plates.</summary>
    Vehicle,
    /// <summary>(M) Device identifiers and serial numbers.</summary>
    Device,
    /// <summary>(N) URLs.</summary>
    Url,
    /// <summary>(O) IP addresses.</summary>
    Address,
    /// <summary>(P) Biometric identifiers.</summary>
    Biometric,
    /// <summary>(Q) Photographs, by their URLs, hashes and ids.</summary>
    Photograph,
    /// <summary>(R) Any other unique number or code, keyed hashes included.</summary>
    Code,
    /// <summary>Card numbers that pass the Luhn check.</summary>
    Card,
}

/// <summary>A way in which sites write identifiers of a class.</summary>
/// <param name="Class">The class.</param>
/// <param name="Name">In words, unique in the class.</param>
/// <param name="HasShape">Whether a rule can tell it from words; what has none is kept by numbers alone (docs/CANARIES.md).</param>
/// <param name="Write">The n-th value: distinct for distinct n below 100,000.</param>
public sealed record CanaryForm(CanaryClass Class, string Name, bool HasShape, Func<int, string> Write)
{
    /// <summary>Whether it is base64.</summary>
    public bool NeedsCase => Name is "token" or "signed token" or "voice";

    /// <summary>Whether its shape is still there when it is written so. A mail address without its sign and dots is words.</summary>
    public bool HasShapeIn(Writing writing) => HasShape && !(Class == CanaryClass.Email && writing.LosesMarks);
}
