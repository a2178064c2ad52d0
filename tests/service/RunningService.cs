using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using KpTelemetry.Audit.Checkpointing;
using KpTelemetry.Audit.ReadingRecord;
using KpTelemetry.Audit.RecordingReads;
using KpTelemetry.Audit.SigningOn;
using KpTelemetry.Audit.Storing;
using KpTelemetry.Platform.Hosting;
using KpTelemetry.Platform.Keys;
using KpTelemetry.Platform.Settings;
using KpTelemetry.Platform.Tokens;
using KpTelemetry.QueryApi;
using KpTelemetry.Tests.Engines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(KpTelemetry.Service.Tests.RunningService))]

namespace KpTelemetry.Service.Tests;

/// <summary>The query API as it runs, on free ports, with stores of its own and a clock that tests move.</summary>
public sealed class RunningService : IAsyncLifetime
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("service-tests-home-");
    private WebApplication _app = null!;
    private BrokerServer? _broker;

    public const string Site = "kp.org";

    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());
    public NpgsqlDataSource Database => _app.Services.GetRequiredService<NpgsqlDataSource>();
    public RecordReader Record => _app.Services.GetRequiredService<RecordReader>();
    public KeyStore Keys => _app.Services.GetRequiredService<KeyStore>();
    public string Kafka => _broker!.Servers;
    public LocalTokens Tokens => new(Keys, Time);
    public Uri Address { get; private set; } = null!;

    /// <summary>What the checkpoint of the record's first entry is signed with.</summary>
    public VerifierKey LogKey { get; private set; } = null!;

    /// <summary>What the service has said of itself: log and traces.</summary>
    internal ToldOfItself Told { get; } = new();

    /// <summary>Its operations port.</summary>
    public Uri Operations { get; private set; } = null!;

    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public IEnumerable<EndpointDataSource> Endpoints => ((IEndpointRouteBuilder)_app).DataSources;

    public async ValueTask InitializeAsync()
    {
        var postgres = await PostgresServer.SharedAsync();
        var clickHouse = await ClickHouseServer.SharedAsync();
        var settings = KpSettings.From(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["KP_HOME"] = _home.FullName,
            ["KP_POSTGRES"] = await postgres.CreateDatabaseAsync(),
            ["KP_CLICKHOUSE"] = await clickHouse.CreateDatabaseAsync(),
            ["KP_KAFKA"] = (_broker = await BrokerServer.StartAsync()).Servers,
        }.GetValueOrDefault);
        var identity = new ServiceIdentity("query-api", Ports.Take(), Ports.Take());
        var builder = ServiceHost.CreateBuilder([], settings, identity);
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Logging.AddProvider(Told);
        QueryApiService.Compose(builder, settings);
        _app = builder.Build();
        _app.UseOperations(identity);
        QueryApiService.Map(_app);
        await _app.StartAsync();
        Address = new Uri($"http://127.0.0.1:{identity.Port!.Value.ToString(CultureInfo.InvariantCulture)}");
        Operations = new Uri($"http://127.0.0.1:{identity.OperationsPort.ToString(CultureInfo.InvariantCulture)}");
        await AddSiteAsync();
        await SignCheckpointAsync();
    }

    /// <summary>A client with a bearer token of that role, or none.</summary>
    public HttpClient Client(string? role = null, string? user = null)
    {
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
        if (role is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.MintBearer(user ?? role, role, TimeSpan.FromHours(1)));
        return client;
    }

    /// <summary>A client that keeps cookies, as a browser does.</summary>
    public HttpClient Browser(CookieContainer? cookies = null) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = cookies ?? new CookieContainer() }) { BaseAddress = Address, DefaultRequestHeaders = { { "Accept", "text/html" } } };

    /// <summary>A browser that is signed on by ticket.</summary>
    public async Task<HttpClient> SignedOnAsync(string role, string user, CookieContainer? cookies = null)
    {
        var browser = Browser(cookies);
        using var answer = await browser.GetAsync(new Uri($"/sign-in?ticket={Tokens.MintTicket(user, role, TimeSpan.FromMinutes(15))}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    /// <summary>What the record holds of a user, and of what they did to cases, oldest first. Tests use users of their own.</summary>
    public async Task<IReadOnlyList<RecordLine>> LinesOfAsync(string user)
    {
        var page = await Record.ReadAsync(new RecordQuery(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1), null, null, 1000), CancellationToken.None);
        return [.. page.Events.Where(line => line.User == user).Reverse()];
    }

    private async Task AddSiteAsync()
    {
        await using var command = Database.CreateCommand("insert into kp.sites (name, revision, timezone, hosts, created_at) values ($1, 1, 'America/Los_Angeles', '{}', now()) on conflict do nothing");
        command.Parameters.Add(new() { Value = Site });
        await command.ExecuteNonQueryAsync();
    }

    // The processors do that each minute; here none run.
    private async Task SignCheckpointAsync()
    {
        await Service<AccessRecord>().RecordSignOnAsync(new StaffSignOn { User = "the-first", Step = StaffSignOnStep.Failed }, CancellationToken.None);
        using var signer = new CheckpointSigner(CheckpointSettings.StandardOrigin, Keys.GetOrCreate(KeyNames.Checkpoints));
        LogKey = signer.Key;
        await new CheckpointWriter(Service<RecordStore>(), signer, CheckpointFile.Beside(Keys.Location), Time).SignAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _broker!.DisposeAsync();
        _home.Delete(recursive: true);
    }
}
