namespace KpTelemetry.Architecture.Tests;

/// <summary>Who may reference whom: the services meet in topics and tables, never in code.</summary>
public sealed class ReferenceRules
{
    /// <summary>The product's parts and the other parts that each may reference. Parts that are not here may reference what they need.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["schemas"] = [],
        ["privacy"] = ["schemas"],
        ["platform"] = [],
        ["audit"] = ["schemas", "platform"],
        ["ingest"] = ["schemas", "privacy", "platform"],
        ["processors"] = ["schemas", "privacy", "platform", "audit"],
        ["query-api"] = ["schemas", "privacy", "platform", "audit"],
    };

    private static readonly string[] MayReferenceLocal = ["local", "cli", "tests", "benchmarks"];

    [Fact]
    public void Every_part_of_the_product_references_only_what_it_may()
    {
        var wrong = from project in Repository.Projects
                    where Allowed.ContainsKey(project.Part)
                    from reference in project.References
                    let part = Project.PartOf(reference)
                    where part != project.Part && !Allowed[project.Part].Contains(part, StringComparer.Ordinal)
                    select $"{project} references {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_part_named_by_the_rules_exists() =>
        Assert.Empty(Allowed.Keys.Except(Repository.Projects.Select(p => p.Part), StringComparer.Ordinal));

    [Fact]
    public void Nothing_of_the_product_references_local()
    {
        var wrong = from project in Repository.Projects
                    where !MayReferenceLocal.Contains(project.Part, StringComparer.Ordinal)
                    from reference in project.References
                    where Project.PartOf(reference) == "local"
                    select $"{project} references {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_references_a_test_or_a_benchmark()
    {
        var wrong = from project in Repository.Projects
                    from reference in project.References
                    let part = Project.PartOf(reference)
                    where part is "tests" or "benchmarks" && project.Part != part
                    select $"{project} references {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_reference_leads_to_a_project_and_none_to_itself()
    {
        var known = Repository.Projects.Select(p => p.Path).ToHashSet(StringComparer.Ordinal);
        var wrong = from project in Repository.Projects
                    from reference in project.References
                    where !known.Contains(reference) || reference == project.Path
                    select $"{project} references {reference}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "KpTelemetry.sln")).Replace('\\', '/');
        Assert.DoesNotContain(Repository.Projects, p => !solution.Contains($"\"{p.Path}\"", StringComparison.Ordinal));
    }
}
