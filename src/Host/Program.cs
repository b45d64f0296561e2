using ActorSeg.Host.Hosting;

ProcessEnd.Now(await Application.Run(args, HostServices.OfThisProcess()));
