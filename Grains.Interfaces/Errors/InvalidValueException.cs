namespace AllData.Errors;

/// <summary>
/// A value that came over the wire does not follow the rules of its type: no call was made with it, and nothing changed. A program that creates its
/// values with their own constructors and parsers never meets it.
/// </summary>
[GenerateSerializer, Alias("AllData.InvalidValueException")]
public sealed class InvalidValueException(string message) : Exception(message);
