namespace Ballast.Admin.Phases;

/// <summary>Tells whoever watches what is being done. Implementations print; the work does not know where.</summary>
public interface ISteps
{
    /// <summary>Runs one step and tells how long it took; a failure passes through.</summary>
    /// <param name="title">What is done, as a short sentence: <c>Make certificates</c>.</param>
    /// <param name="work">The work; what it returns is added to the line, where it is not empty.</param>
    /// <param name="cancel">Handed to the work.</param>
    Task RunAsync(string title, Func<CancellationToken, Task<string>> work, CancellationToken cancel);

    /// <summary>A line of what the user asked to be told.</summary>
    void Tell(string line);

    /// <summary>Something the user should know that is not an error.</summary>
    void Warn(string sentence);
}
