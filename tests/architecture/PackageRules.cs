namespace KpTelemetry.Architecture.Tests;

/// <summary>Each client of an engine appears in one place of the product, so that replacing one touches one folder.</summary>
public sealed class PackageRules
{
    /// <summary>Tests and benchmarks speak to the engines as any user does, and pick their own client.</summary>
    private static readonly string[] Free = ["tests", "benchmarks"];

    [Theory]
    [InlineData("Confluent.Kafka", "platform/KpTelemetry.Platform.csproj")]
    [InlineData("ClickHouse.Driver", "platform/KpTelemetry.Platform.csproj")]
    [InlineData("Marten", "audit/KpTelemetry.Audit.csproj")]
    public void The_package_is_referenced_by_one_project(string package, string project)
    {
        var users = Repository.Projects
            .Where(p => !Free.Contains(p.Part, StringComparer.Ordinal) && p.Packages.Contains(package, StringComparer.Ordinal))
            .Select(p => p.Path);
        Assert.Equal([project], users);
    }

    [Theory]
    [InlineData("Confluent.Kafka", "platform/Kafka/")]
    [InlineData("ClickHouse.Driver", "platform/ClickHouse/")]
    [InlineData("Marten", "audit/")]
    public void The_package_is_used_in_one_folder(string package, string folder)
    {
        var wrong = Repository.Files("*.cs")
            .Where(f => !Free.Contains(Project.PartOf(f), StringComparer.Ordinal) && !f.StartsWith(folder, StringComparison.Ordinal))
            .Where(f => File.ReadLines(Path.Combine(Repository.Root, f)).Any(line => Names(line, package)));
        Assert.Empty(wrong);
    }

    [Fact]
    public void The_shim_for_the_package_that_is_not_served_is_referenced_by_the_audit_only()
    {
        const string Shim = "platform/distributed-lock-shim/Patched.DistributedLock.Core.csproj";
        Assert.Equal(["audit/KpTelemetry.Audit.csproj"], Repository.Projects.Where(p => p.References.Contains(Shim, StringComparer.Ordinal)).Select(p => p.Path));
    }

    private static bool Names(string line, string package)
    {
        var code = line.TrimStart();
        return !code.StartsWith("//", StringComparison.Ordinal)
            && (code.StartsWith($"using {package};", StringComparison.Ordinal)
                || code.StartsWith($"using {package}.", StringComparison.Ordinal)
                || code.StartsWith($"global using {package}", StringComparison.Ordinal)
                || code.Contains($"global::{package}.", StringComparison.Ordinal));
    }
}
