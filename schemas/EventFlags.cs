namespace KpTelemetry.Schemas;

/// <summary>What a row of an event batch is, beside its columns. Stored as numbers: a value is never reused.</summary>
[Flags]
public enum EventFlags : uint
{
    /// <summary>A line of a web server's log.</summary>
    None = 0,

    /// <summary>Sent by a browser through the pixel; carries no status and no size of its own.</summary>
    Pixel = 1,

    /// <summary>The line names an authenticated user. Who it was travels in an access group only.</summary>
    SignedOn = 2,

    /// <summary>The door removed a query, fragment, path parameter or userinfo, or a value that is none of its kind.</summary>
    QueryRemoved = 4,

    /// <summary>The door masked a number that passes the Luhn check (P10).</summary>
    CardMasked = 8,

    /// <summary>The door masked a device identifier (P19).</summary>
    DeviceMasked = 16,
}
