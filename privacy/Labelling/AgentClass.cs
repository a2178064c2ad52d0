using KpTelemetry.Schemas.Lattice;

namespace KpTelemetry.Privacy.Labelling;

/// <summary>What an agent string tells: families without versions, so that no agent can be made out again.</summary>
/// <param name="Bot">The bot's name from the lists, or null for a human.</param>
/// <param name="Browser">Browser family, or <see cref="Labels.Unknown"/>.</param>
/// <param name="Os">Operating system family, or <see cref="Labels.Unknown"/>.</param>
/// <param name="Device"><c>desktop</c>, <c>mobile</c>, <c>tablet</c> or <c>other</c>.</param>
public sealed record AgentClass(string? Bot, string Browser, string Os, string Device)
{
    /// <summary>A bot of which nothing else is counted.</summary>
    public static AgentClass BotNamed(string name) => new(name, Labels.Unknown, Labels.Unknown, DeviceClass.Other);

    /// <summary>Whether it counts as a human.</summary>
    public bool IsHuman => Bot is null;
}
