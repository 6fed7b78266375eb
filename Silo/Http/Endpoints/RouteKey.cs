using AllData.Errors;
using AllData.Events;

namespace AllData.Silo.Http.Endpoints;

/// <summary>The key in a request's path.</summary>
internal static class RouteKey
{
    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidKeyException">It is not a key.</exception>
    public static EventKey Of(HttpContext context)
    {
        var text = (string?)context.Request.RouteValues["key"];
        return EventKey.TryParse(text, out var key)
            ? key
            : throw new InvalidKeyException($"'{text}' is not a key: 27 characters YYYYMMDDThhmmssfffnnnnnnnnn, UTC, are expected.");
    }
}
