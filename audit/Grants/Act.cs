namespace KpTelemetry.Audit.Grants;

/// <summary>Who does something to a grant, and how.</summary>
/// <param name="User">The account.</param>
/// <param name="Role">In which role.</param>
/// <param name="Channel"><c>api</c> or <c>dashboard</c>.</param>
/// <param name="Correlation">The id of the request's trace.</param>
public sealed record Act(string User, string Role, string Channel, string Correlation);
