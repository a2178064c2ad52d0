namespace KpTelemetry.Audit.Storing;

/// <summary>
/// The one type of event that Marten sees. What happened, and to whom, is inside the sealed body, so that neither a type
/// name nor a field in clear tells it.
/// </summary>
/// <param name="Body">See <see cref="People.EntryBody"/>; base64 within Marten's jsonb, which would change anything less plain.</param>
public sealed record Entry(byte[] Body);
