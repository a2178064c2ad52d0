using System.Globalization;
using System.Text.Json;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.Exporting;

/// <summary>
/// An entry as a FHIR R4 AuditEvent (http://hl7.org/fhir/R4/auditevent.html) with the codes that IHE BALP asks for, so that
/// an audit repository takes it. Members stay handles, and what exactly staff asked for, which may name anybody, is left out.
/// </summary>
public static class FhirAuditEvent
{
    /// <summary>The media type of a file of them, one a line.</summary>
    public const string MediaType = "application/fhir+ndjson";

    private const string Dicom = "http://dicom.nema.org/resources/ontology/DCM";
    private const string RestfulInteraction = "http://terminology.hl7.org/CodeSystem/audit-event-type";
    private const string ActReason = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
    private const string Ours = "urn:kp-telemetry";

    // The purposes of use of the record in the codes of HL7 v3 PurposeOfUse.
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["security-investigation"] = "HOPERAT",
        ["subject-request"] = "PATRQT",
        ["legal"] = "HLEGAL",
        ["quality"] = "HQUALIMP",
        ["break-glass"] = "BTG",
    };

    /// <summary>Writes one resource.</summary>
    public static void Write(Utf8JsonWriter json, RecordLine line) => WriteTold(json, WithoutEmpty(line));

    // FHIR has no empty text (R4, 2.24.0.1): an account without a role has one in the record.
    private static RecordLine WithoutEmpty(RecordLine line) => line with
    {
        User = Told(line.User), Role = Told(line.Role), Purpose = Told(line.Purpose), Case = Told(line.Case), Channel = Told(line.Channel), Origin = Told(line.Origin), Site = Told(line.Site),
    };

    private static string? Told(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static void WriteTold(Utf8JsonWriter json, RecordLine line)
    {
        json.WriteStartObject();
        json.WriteString("resourceType", "AuditEvent");
        json.WriteString("id", line.Index.ToString(CultureInfo.InvariantCulture));
        WriteType(json, line.Kind);
        json.WriteString("action", ActionOf(line.Kind));
        WritePeriodAndOutcome(json, line);
        WritePurpose(json, line.Purpose);
        WriteAgents(json, line);
        WriteSource(json, line);
        WriteEntities(json, line);
        json.WriteEndObject();
    }

    private static void WriteType(Utf8JsonWriter json, string kind)
    {
        var (system, code, display) = kind.StartsWith("sign", StringComparison.Ordinal)
            ? (Dicom, "110114", "User Authentication")
            : kind is "key-ended" or "policy-published" or "checkpoint-signed"
                ? (Dicom, "110113", "Security Alert")
                : (RestfulInteraction, "rest", "RESTful Operation");
        json.WritePropertyName("type");
        WriteCoding(json, system, code, display);
        json.WriteStartArray("subtype");
        WriteCoding(json, $"{Ours}:kind", kind, null);
        json.WriteEndArray();
    }

    // C create, R read, D delete, E execute.
    private static string ActionOf(string kind) => kind switch
    {
        "service-accessed" or "staff-queried" or "record-read" or "break-glass-read" or "identified-lines-read" or "subject-data-exported" => "R",
        "subject-erased" => "D",
        "policy-published" => "C",
        _ => "E",
    };

    private static void WritePeriodAndOutcome(Utf8JsonWriter json, RecordLine line)
    {
        json.WriteStartObject("period");
        json.WriteString("start", Time(line.At));
        json.WriteString("end", Time(line.At));
        json.WriteEndObject();
        json.WriteString("recorded", Time(line.RecordedAt));
        // An entry whose keys have ended does not tell it.
        if (line.Outcome is null)
            return;
        // 0 success, 4 minor failure: the action was not done, and nothing is out of order.
        json.WriteString("outcome", line.Outcome is Outcomes.Failure or Outcomes.Refused ? "4" : "0");
        json.WriteString("outcomeDesc", line.Outcome);
    }

    private static void WritePurpose(Utf8JsonWriter json, string? purpose)
    {
        if (purpose is null)
            return;
        json.WriteStartArray("purposeOfEvent");
        json.WriteStartObject();
        json.WriteStartArray("coding");
        if (Reasons.TryGetValue(purpose, out var reason))
            WriteCoding(json, ActReason, reason, null);
        WriteCoding(json, $"{Ours}:purpose", purpose, null);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteAgents(Utf8JsonWriter json, RecordLine line)
    {
        json.WriteStartArray("agent");
        json.WriteStartObject();
        WriteConcept(json, "type", "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP", null);
        if (line.Role is not null)
        {
            json.WriteStartArray("role");
            WriteConcept(json, null, $"{Ours}:role", line.Role, null);
            json.WriteEndArray();
        }

        var account = line.User ?? line.Actor;
        WriteIdentifier(json, "who", account is null ? $"{Ours}:{line.Who ?? "service"}-handle" : $"{Ours}:staff", account ?? line.Handle.ToString());
        json.WriteBoolean("requestor", value: true);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteSource(Utf8JsonWriter json, RecordLine line)
    {
        json.WriteStartObject("source");
        if (line.Site is not null)
            json.WriteString("site", line.Site);
        json.WriteStartObject("observer");
        json.WriteString("display", line.Origin ?? "kp-telemetry");
        json.WriteEndObject();
        if (line.Channel is not null)
        {
            json.WriteStartArray("type");
            WriteCoding(json, $"{Ours}:channel", line.Channel, null);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteEntities(Utf8JsonWriter json, RecordLine line)
    {
        (string Kind, string? Value)[] told = [("resource", line.Resource), ($"{line.Who}-handle", line.Actor is null ? null : line.Handle.ToString()), ("case", line.Case), ("correlation", line.Correlation), ("key", line.Key), ("policy", line.Revision)];
        var named = told.Where(entity => entity.Value is not null).ToList();
        if (named.Count == 0)
            return;
        json.WriteStartArray("entity");
        foreach (var (kind, value) in named)
        {
            json.WriteStartObject();
            WriteIdentifier(json, "what", $"{Ours}:{kind}", value!);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteIdentifier(Utf8JsonWriter json, string name, string system, string value)
    {
        json.WriteStartObject(name);
        json.WriteStartObject("identifier");
        json.WriteString("system", system);
        json.WriteString("value", value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteConcept(Utf8JsonWriter json, string? name, string system, string code, string? display)
    {
        if (name is null)
            json.WriteStartObject();
        else
            json.WriteStartObject(name);
        json.WriteStartArray("coding");
        WriteCoding(json, system, code, display);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCoding(Utf8JsonWriter json, string system, string code, string? display)
    {
        json.WriteStartObject();
        json.WriteString("system", system);
        json.WriteString("code", code);
        if (display is not null)
            json.WriteString("display", display);
        json.WriteEndObject();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
