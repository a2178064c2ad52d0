namespace KpTelemetry.Stack.Tests.Running;

/// <summary>One running stack for every test that needs one and leaves it running.</summary>
public sealed class SharedStack : IAsyncLifetime
{
    /// <summary>The stack.</summary>
    public StackProcess Stack { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Stack = await StackProcess.StartAsync();

    public ValueTask DisposeAsync() => Stack.DisposeAsync();
}

/// <summary>The tests that share the stack; one after the other, since some kill parts of it.</summary>
[CollectionDefinition(nameof(SharedStack))]
public sealed class SharedStackDefinition : ICollectionFixture<SharedStack>;
