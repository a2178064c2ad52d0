using KpTelemetry.Platform.Hosting;
using KpTelemetry.QueryApi;

return await ServiceHost.RunAsync(
    args,
    settings => new ServiceIdentity("query-api", settings.QueryApiPort, settings.QueryApiOperationsPort),
    QueryApiService.Compose,
    QueryApiService.Map);
