namespace KpTelemetry.Audit.Storing;

/// <summary>An act of a member of staff in the stream of somebody else: of a case, or of the member whom it is about. Whoever acted is the entry's actor.</summary>
public abstract record ActOfStaff : RecordedEvent;
