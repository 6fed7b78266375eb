using System.Text.Json;
using System.Text.Json.Serialization;

namespace AllData.Json;

/// <summary>Writes an enumeration by its names, the first letter small, as HTTP shows it.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase)
    where T : struct, Enum;
