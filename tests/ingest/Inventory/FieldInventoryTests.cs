using System.Text.RegularExpressions;
using KpTelemetry.Ingest.Parsing;
using KpTelemetry.Ingest.Pixel;
using KpTelemetry.Privacy.Detecting;
using KpTelemetry.Schemas.Raw;
using KpTelemetry.Tests.Engines;
using Xunit;

namespace KpTelemetry.Ingest.Tests.Inventory;

/// <summary>Every field of every contract is declared, with its purpose and the test that proves it (P1).</summary>
public sealed partial class FieldInventoryTests
{
    public static TheoryData<string, string[]> Contracts
    {
        get
        {
            var contracts = new TheoryData<string, string[]>
            {
                { "log line", [.. typeof(LogLine).GetFields().Select(column => column.Name)] },
                { "pixel", [.. PixelRequest.Parameters, nameof(PixelRequest.Address), nameof(PixelRequest.Agent)] },
                { "pending", [.. Columns("pending")] },
                { "published", [.. Columns("published")] },
            };
            foreach (var message in RawReflection.Descriptor.MessageTypes)
                contracts.Add(message.FullName, [.. message.Fields.InDeclarationOrder().Select(column => column.Name)]);
            return contracts;
        }
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Fields_OfEveryContract_AreDeclared(string contract, string[] fields)
    {
        var declared = FieldInventory.Contracts.Single(entry => entry.Contract == contract).Fields.Select(field => field.Name);

        Assert.Equal(fields.Order(StringComparer.Ordinal), declared.Order(StringComparer.Ordinal));
    }

    // What requests to endpoints say is held by EndpointInventoryTests.
    [Fact]
    public void Inventory_NamesNoContractThatThereIsNot() =>
        Assert.Equal(Contracts.Select(row => row.Data.Item1).Order(StringComparer.Ordinal), FieldInventory.Contracts.Select(entry => entry.Contract).Where(name => !name.Contains(" /", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    [Fact]
    public void Fields_SayWhyWhatAndHowLong() => Assert.All(FieldInventory.Contracts.SelectMany(contract => contract.Fields), field =>
    {
        Assert.True(field.Class == "none" || Enum.TryParse<IdentifierClass>(field.Class, out _), field.Class);
        Assert.All([field.Purpose, field.Kept, field.Ends], text => Assert.False(string.IsNullOrWhiteSpace(text)));
    });

    [Fact]
    public void Tests_ThatFieldsName_Exist()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories).ToLookup(path => Path.GetFileNameWithoutExtension(path)!, StringComparer.Ordinal);
        var missing = FieldInventory.Contracts.SelectMany(contract => contract.Fields).Select(field => field.Test).Distinct(StringComparer.Ordinal)
            .Where(test => !sources[test.Split('.')[0]].Any(path => IsTest(File.ReadAllText(path), test.Split('.')[1])));

        Assert.Empty(missing.ToArray());
    }

    [Fact]
    public void Document_IsMadeFromTheInventory()
    {
        if (Environment.GetEnvironmentVariable("KP_WRITE_DOCS") == "1")
            File.WriteAllText(FieldInventory.Document, FieldInventory.Render());

        Assert.Equal(FieldInventory.Render(), File.ReadAllText(FieldInventory.Document));
    }

    private static bool IsTest(string source, string method) => Regex.IsMatch(source, $@"\[(Fact|Theory)[^\0]*(void|Task) {method}\(", RegexOptions.NonBacktracking);

    // The columns that the migrations give a table of ClickHouse.
    private static IEnumerable<string> Columns(string table) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "schemas", "Migrations", "clickhouse"), "*.sql").Select(File.ReadAllText)
            .Where(sql => Regex.IsMatch(sql, $@"TABLE (IF NOT EXISTS )?{table}\s", RegexOptions.NonBacktracking))
            .SelectMany(sql => ColumnForm().Matches(sql)).Select(match => match.Groups["name"].Value);

    [GeneratedRegex(@"^(ALTER TABLE [a-z_]+)?\s+(ADD COLUMN IF NOT EXISTS )?`?(?<name>[a-z_]+)`? (UInt|Date|String|LowCardinality|Nullable)", RegexOptions.Multiline | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ColumnForm();
}
