namespace KpTelemetry.Privacy.Detecting;

/// <summary>What identifies a person: the list of 45 CFR 164.514(b)(2)(i), (A) to (R), and card numbers (P10).</summary>
public enum IdentifierClass
{
    /// <summary>(A) Names.</summary>
    Name,
    /// <summary>(B) Geography smaller than a state: street, ZIP code, coordinates.</summary>
    Geography,
    /// <summary>(C) Dates but the year, and ages over 89.</summary>
    Date,
    /// <summary>(D) Telephone numbers.</summary>
    Telephone,
    /// <summary>(E) Fax numbers.</summary>
    Fax,
    /// <summary>(F) Mail addresses.</summary>
    Email,
    /// <summary>(G) Social security numbers.</summary>
    SocialSecurity,
    /// <summary>(H) Medical record numbers.</summary>
    MedicalRecord,
    /// <summary>(I) Health plan numbers.</summary>
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
    IpAddress,
    /// <summary>(P) Biometric identifiers.</summary>
    Biometric,
    /// <summary>(Q) Photographs of a face.</summary>
    Photograph,
    /// <summary>(R) Any other unique number, characteristic or code.</summary>
    OtherCode,
    /// <summary>Card numbers: 13 to 19 digits that pass the Luhn check.</summary>
    Card,
}
