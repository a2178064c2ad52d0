using System.Text;
using System.Text.Json;
using KpTelemetry.Tests.Engines;

namespace KpTelemetry.Ingest.Tests.Inventory;

/// <summary>A field of a contract: why it is there, what of a person it can hold, where and how long it is kept, and the test that shows it.</summary>
/// <param name="Class">A class of identifiers, or <c>none</c>.</param>
/// <param name="Test">Class and method of the test.</param>
public sealed record InventoryField(string Name, string Purpose, string Class, string Kept, string Ends, string Test);

/// <summary>A contract and its fields.</summary>
public sealed record InventoryContract(string Contract, string What, IReadOnlyList<InventoryField> Fields);

/// <summary>The inventory of fields, <c>privacy/Inventory/fields.json</c>, and the document that is made from it.</summary>
public static class FieldInventory
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static string Document { get; } = Path.Combine(Repository.Root, "docs", "PRIVACY.md");

    public static IReadOnlyList<InventoryContract> Contracts { get; } =
        JsonSerializer.Deserialize<InventoryContract[]>(File.ReadAllText(Path.Combine(Repository.Root, "privacy", "Inventory", "fields.json")), Options)!;

    /// <summary>The document's text.</summary>
    public static string Render()
    {
        var text = new StringBuilder(
            """
            # What is kept of whom, field by field

            Made from `privacy/Inventory/fields.json`, which tests hold against the contracts and endpoints: a field that is not declared there
            fails, and so does one whose test does not exist. After a change to the inventory, `KP_WRITE_DOCS=1` with the test
            `Document_IsMadeFromTheInventory` writes this file anew. A class is that of 45 CFR 164.514(b)(2) that a field can hold
            after the door; `none` holds nothing of a person.

            """);
        foreach (var contract in Contracts)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n## {contract.Contract}\n{contract.What}.\n\n| field | purpose | class | kept | ends | shown by |\n|---|---|---|---|---|---|\n");
            foreach (var field in contract.Fields)
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"| `{field.Name}` | {field.Purpose} | {field.Class} | {field.Kept} | {field.Ends} | `{field.Test}` |\n");
        }

        return text.ToString();
    }
}
