namespace AllData.Security;

/// <summary>What was done, or was not allowed, as a line of the audit log has it.</summary>
/// <param name="Action">The grain's method, the HTTP method and path, or what the silo did.</param>
/// <param name="Result"><c>done</c>, <c>failed</c> or <c>refused</c>.</param>
/// <param name="Principal">The one that did it, or null where it is not known.</param>
/// <param name="Address">The address that the request came from, or null where it is not known: Orleans does not say it of a call.</param>
/// <param name="Target">What it was done to, for example a peer; or null.</param>
/// <param name="Reason">Why it failed or was refused; or null.</param>
internal sealed record AuditEntry(
    string Action, string Result, string? Principal = null, string? Address = null, string? Target = null, string? Reason = null)
{
    /// <summary>It was done.</summary>
    public const string Done = "done";

    /// <summary>It was begun, and failed.</summary>
    public const string Failed = "failed";

    /// <summary>It was not begun.</summary>
    public const string Refused = "refused";
}
