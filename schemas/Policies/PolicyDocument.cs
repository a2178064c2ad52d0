using System.Globalization;
using System.Text.Json;

namespace KpTelemetry.Schemas.Policies;

/// <summary>
/// Reads a revision's JSON document, strictly: every key is there once, none that is not declared, every value within its
/// range. All that is wrong is told at once.
/// </summary>
public static class PolicyDocument
{
    /// <summary>Longest document that is read, in characters.</summary>
    public const int MostCharacters = 16 * 1024;

    private static readonly string[] Members = ["revision", "noticeFrom", "effectiveFrom", "values"];

    /// <summary>The revision of a document; null, and why not in <paramref name="problems"/>, where it is none.</summary>
    /// <param name="unsaid">For a document that was published before some key was there: the values of keys that it does not name. Null: each must be there.</param>
    public static PolicyRevision? Read(string text, out IReadOnlyList<string> problems, PolicyValues? unsaid = null)
    {
        var wrong = new List<string>();
        problems = wrong;
        if (text.Length > MostCharacters)
        {
            wrong.Add($"the document has more than {MostCharacters} characters");
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 4 });
            var revision = Read(json.RootElement, text, wrong, unsaid);
            return wrong.Count == 0 ? revision : null;
        }
        // Escapes of half a surrogate pair are JSON, and no text.
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            wrong.Add(problem is JsonException { LineNumber: { } line } ? $"the document is no JSON: line {line + 1}" : "the document is no JSON");
            return null;
        }
    }

    private static PolicyRevision? Read(JsonElement root, string text, List<string> wrong, PolicyValues? unsaid)
    {
        if (MembersOf(root, "", Members, wrong, mayLack: false) is not { } members)
            return null;
        var name = TextOf(members, "revision");
        var notice = DayOf(members, "noticeFrom", wrong);
        var effective = DayOf(members, "effectiveFrom", wrong);
        if (effective is { } day && name != PolicyRevision.NameOf(day))
            wrong.Add($"revision must be the date of effectiveFrom: {PolicyRevision.NameOf(day)}");
        if (notice > effective)
            wrong.Add("noticeFrom must not lie after effectiveFrom");
        var values = members.TryGetValue("values", out var json) ? ValuesOf(json, wrong, unsaid) : null;
        return values is null || notice is null || effective is null ? null : new PolicyRevision(name!, notice.Value, effective.Value, values, text);
    }

    private static PolicyValues? ValuesOf(JsonElement json, List<string> wrong, PolicyValues? unsaid)
    {
        if (MembersOf(json, "values.", [.. PolicyKeys.All.Select(key => key.Name)], wrong, mayLack: unsaid is not null) is not { } members)
            return null;
        var values = new Dictionary<PolicyKey, int>();
        foreach (var key in PolicyKeys.All)
        {
            if (!members.ContainsKey(key.Name))
                AddUnsaid(key);
            else if (ValueOf(key, members[key.Name]) is { } value)
                values.Add(key, value);
            else
                wrong.Add($"values.{key.Name} must be {(key.Words is null ? $"a whole number from {key.Least} to {key.Most}" : string.Join(" or ", key.Words.Select(word => $"\"{word}\"")))}");
        }

        if (values.Count < PolicyKeys.All.Count)
            return null;
        var read = new PolicyValues(values);
        wrong.AddRange(read.Problems());
        return read;

        void AddUnsaid(PolicyKey key)
        {
            if (unsaid is not null)
                values.Add(key, unsaid[key]);
        }
    }

    private static int? ValueOf(PolicyKey key, JsonElement json)
    {
        if (key.Words is { } words)
            return json.ValueKind == JsonValueKind.String && words.ToList().IndexOf(json.GetString()!) is >= 0 and var word ? word : null;
        return json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var number) && number >= key.Least && number <= key.Most ? number : null;
    }

    private static Dictionary<string, JsonElement>? MembersOf(JsonElement json, string prefix, string[] declared, List<string> wrong, bool mayLack)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            wrong.Add(prefix.Length == 0 ? "the document must be a JSON object" : $"{prefix.TrimEnd('.')} must be a JSON object");
            return null;
        }

        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            if (!declared.Contains(member.Name, StringComparer.Ordinal))
                wrong.Add($"{prefix}{Shown(member.Name)} is no key of a policy");
            else if (!members.TryAdd(member.Name, member.Value))
                wrong.Add($"{prefix}{member.Name} is there twice");
        }

        wrong.AddRange(declared.Where(name => !mayLack && !members.ContainsKey(name)).Select(name => $"{prefix}{name} is missing"));
        return members;
    }

    private static string? TextOf(Dictionary<string, JsonElement> members, string name) =>
        members.TryGetValue(name, out var json) && json.ValueKind == JsonValueKind.String ? json.GetString() : null;

    private static DateOnly? DayOf(Dictionary<string, JsonElement> members, string name, List<string> wrong)
    {
        if (!members.ContainsKey(name))
            return null;
        if (DateOnly.TryParseExact(TextOf(members, name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day;
        wrong.Add($"{name} must be a day such as 2017-09-13");
        return null;
    }

    // What was sent is told back only where it is a plain name.
    private static string Shown(string name) => name.Length <= 40 && name.All(char.IsAsciiLetterOrDigit) ? name : "a key with an odd name";
}
