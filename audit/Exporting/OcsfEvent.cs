using System.Globalization;
using System.Text.Json;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.Storing;

namespace KpTelemetry.Audit.Exporting;

/// <summary>An entry as an event of the Open Cybersecurity Schema Framework, version 1.3 (schema.ocsf.io), for a SIEM. Members stay handles.</summary>
public static class OcsfEvent
{
    private const int IdentityCategory = 3;
    private const int ApplicationCategory = 6;
    private const int Authentication = 3002;
    private const int ApiActivity = 6003;

    /// <summary>The event as UTF-8 JSON.</summary>
    public static byte[] Of(RecordLine line)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
            Write(json, line);
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, RecordLine line)
    {
        var (category, type, activity) = ClassOf(line.Kind);
        json.WriteStartObject();
        json.WriteNumber("category_uid", category);
        json.WriteNumber("class_uid", type);
        json.WriteNumber("activity_id", activity);
        json.WriteNumber("type_uid", (type * 100) + activity);
        json.WriteNumber("time", line.At.ToUnixTimeMilliseconds());
        json.WriteNumber("severity_id", line.Outcome == Outcomes.Refused || line.Purpose == "break-glass" ? 3 : 1);
        json.WriteNumber("status_id", line.Outcome switch { Outcomes.Success => 1, Outcomes.Failure or Outcomes.Refused => 2, _ => 0 });
        json.WriteString("status", line.Outcome ?? "unknown");
        WriteMetadata(json, line);
        WriteActor(json, line, type == Authentication);
        if (type == ApiActivity)
            WriteApi(json, line);
        WriteUnmapped(json, line);
        json.WriteEndObject();
    }

    private static (int Category, int Type, int Activity) ClassOf(string kind) => kind switch
    {
        "signed-on" or "sign-on-failed" => (IdentityCategory, Authentication, 1),
        "signed-off" => (IdentityCategory, Authentication, 2),
        "service-accessed" or "staff-queried" or "record-read" or "break-glass-read" or "identified-lines-read" => (ApplicationCategory, ApiActivity, 2),
        // Other: what happened is in the name of the operation.
        _ => (ApplicationCategory, ApiActivity, 99),
    };

    private static void WriteMetadata(Utf8JsonWriter json, RecordLine line)
    {
        json.WriteStartObject("metadata");
        json.WriteString("version", "1.3.0");
        // Unique and rising: whoever receives an event twice knows it by this.
        json.WriteString("uid", line.Index.ToString(CultureInfo.InvariantCulture));
        json.WriteNumber("logged_time", line.RecordedAt.ToUnixTimeMilliseconds());
        if (line.Correlation is not null)
            json.WriteString("correlation_uid", line.Correlation);
        json.WriteStartObject("product");
        json.WriteString("name", "KpTelemetry");
        json.WriteString("vendor_name", "KpTelemetry");
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteActor(Utf8JsonWriter json, RecordLine line, bool isUser)
    {
        json.WriteStartObject("actor");
        WriteUser(json, line);
        json.WriteEndObject();
        if (isUser)
            WriteUser(json, line);
    }

    private static void WriteUser(Utf8JsonWriter json, RecordLine line)
    {
        json.WriteStartObject("user");
        if (line.Actor is null)
            json.WriteString("uid", line.Handle.ToString());
        if ((line.User ?? line.Actor) is { } account)
            json.WriteString("name", account);
        json.WriteString("type", line.Actor is null ? line.Who ?? "service" : "staff");
        json.WriteEndObject();
    }

    private static void WriteApi(Utf8JsonWriter json, RecordLine line)
    {
        json.WriteStartObject("api");
        json.WriteString("operation", line.Resource ?? line.Kind);
        json.WriteStartObject("service");
        json.WriteString("name", line.Site ?? line.Origin ?? "kp-telemetry");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("src_endpoint");
        json.WriteString("name", line.Channel ?? "unknown");
        json.WriteEndObject();
    }

    private static void WriteUnmapped(Utf8JsonWriter json, RecordLine line)
    {
        json.WriteStartObject("unmapped");
        json.WriteString("kind", line.Kind);
        if (line.Actor is not null)
            json.WriteString($"{line.Who}-handle", line.Handle.ToString());
        foreach (var (name, value) in new[] { ("role", line.Role), ("purpose", line.Purpose), ("case", line.Case), ("cause", line.Cause), ("key", line.Key), ("policy", line.Revision) })
        {
            if (value is not null)
                json.WriteString(name, value);
        }

        json.WriteEndObject();
    }
}
