using KpTelemetry.Audit;
using KpTelemetry.Audit.Pushing;
using KpTelemetry.Platform.Hosting;
using KpTelemetry.Processors;
using KpTelemetry.Processors.Checkpointing;
using KpTelemetry.Processors.Projecting;
using KpTelemetry.Processors.Publishing;
using KpTelemetry.Processors.Rebuilding;
using KpTelemetry.Processors.Retaining;
using KpTelemetry.Processors.Stating;

return await ServiceHost.RunAsync(
    args,
    settings => new ServiceIdentity("processors", Port: null, settings.ProcessorsOperationsPort),
    (builder, settings) => builder.Services.AddCounting(settings).AddPublisher().AddRetention().AddRebuilding().AddCheckpointing().AddStating().AddProjecting().AddPushing(PushSettings.FromEnvironment()),
    _ => { });
