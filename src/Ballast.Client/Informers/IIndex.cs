namespace Ballast.Client.Informers;

/// <summary>Objects by a value of theirs.</summary>
public interface IIndex<out T>
{
    /// <summary>The objects with that value, in no order; empty where there are none.</summary>
    IReadOnlyList<T> this[string value] { get; }

    int Count(string value);
}
