using KpTelemetry.Ingest;
using KpTelemetry.Platform.Hosting;

return await ServiceHost.RunAsync(args, IngestService.Identify, (builder, settings) => IngestService.Compose(builder, settings, IngestSettings.FromEnvironment()), IngestService.Map);
