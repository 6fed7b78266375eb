namespace AllData.Client.Verification;

/// <summary>There is no proof of an event; the message says why, and the way out.</summary>
internal sealed class NotProvableException(string message) : Exception(message);
