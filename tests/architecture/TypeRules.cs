using System.Reflection;
using System.Runtime.CompilerServices;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using KpTelemetry.Privacy;
using static ArchUnitNET.Fluent.ArchRuleDefinition;
using Assembly = System.Reflection.Assembly;

namespace KpTelemetry.Architecture.Tests;

/// <summary>What the compiled product may touch, whatever its sources look like.</summary>
public sealed class TypeRules
{
    private static readonly Assembly Privacy = typeof(Cell).Assembly;
    private static readonly Assembly Schemas = Assembly.Load("KpTelemetry.Schemas");
    private static readonly Assembly Platform = Assembly.Load("KpTelemetry.Platform");
    private static readonly Assembly Audit = Assembly.Load("KpTelemetry.Audit");
    private static readonly Assembly Ingest = Assembly.Load("KpTelemetry.Ingest");
    private static readonly Assembly Processors = Assembly.Load("KpTelemetry.Processors");
    private static readonly Assembly QueryApi = Assembly.Load("KpTelemetry.QueryApi");

    private static readonly Assembly[] Product = [Schemas, Privacy, Platform, Audit, Ingest, Processors, QueryApi];
    private static readonly ArchUnitNET.Domain.Architecture Architecture = new ArchLoader().LoadAssemblies(Product).Build();

    [Theory]
    [InlineData("Confluent.Kafka", "KpTelemetry.Platform")]
    [InlineData("ClickHouse.Driver", "KpTelemetry.Platform")]
    [InlineData("Marten", "KpTelemetry.Audit")]
    public void No_assembly_but_its_owner_is_compiled_against_the_client(string client, string owner)
    {
        var users = Product.Where(a => References(a).Contains(client, StringComparer.Ordinal)).Select(a => a.GetName().Name);
        Assert.DoesNotContain(users, user => user != owner);
    }

    [Fact]
    public void Privacy_is_pure_it_reaches_no_network_no_process_and_no_store()
    {
        string[] impure = ["System.Net.Http", "System.Net.Sockets", "System.Net.Requests", "System.Diagnostics.Process", "System.Console", "Npgsql"];
        Assert.DoesNotContain(References(Privacy), r => impure.Contains(r, StringComparer.Ordinal) || r.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cell_can_be_made_in_privacy_only()
    {
        Assert.Empty(typeof(Cell).GetConstructors());
        Assert.True(typeof(Cell).IsSealed);
        Assert.DoesNotContain(typeof(Cell).GetProperties(), p => p.SetMethod is { IsPublic: true });
    }

    [Fact]
    public void Only_tests_see_the_internals_of_privacy()
    {
        var friends = Privacy.GetCustomAttributes<InternalsVisibleToAttribute>().Select(a => a.AssemblyName);
        Assert.DoesNotContain(friends, f => !f.Split(',')[0].EndsWith(".Tests", StringComparison.Ordinal));
    }

    [Fact]
    public void The_query_api_never_sees_a_raw_event() =>
        Types().That().ResideInAssembly(QueryApi)
            .Should().NotDependOnAny(Types().That().ResideInNamespace("KpTelemetry.Schemas.Raw"))
            .Because("every way out reads published rows only")
            .WithoutRequiringPositiveResults()
            .Check(Architecture);

    [Fact]
    public void Ingest_writes_no_cell() =>
        Types().That().ResideInAssembly(Ingest)
            .Should().NotDependOnAny(typeof(Cell), typeof(Counters))
            .Because("counting belongs to the processors")
            .WithoutRequiringPositiveResults()
            .Check(Architecture);

    [Fact]
    public void The_access_record_knows_nothing_of_what_is_counted() =>
        Types().That().ResideInAssembly(Audit)
            .Should().NotDependOnAny(Types().That().ResideInNamespace("KpTelemetry.Schemas.Lattice"))
            .WithoutRequiringPositiveResults()
            .Check(Architecture);

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(n => n.Name!);
}
