using AllData.Events;

namespace AllData.Silo.Http;

/// <summary>An <c>Idempotency-Key</c> came again with another event. Nothing was written for this one.</summary>
internal sealed class IdempotencyKeyReusedException(string message, EventKey? key)
    : Exception($"{message} Nothing was written. Give each event an Idempotency-Key of its own.")
{
    /// <summary>The key of the event that it belongs to, once there is one.</summary>
    public EventKey? Key => key;
}
